UV_VERSION   := 0.13.9
SAM_VERSION  := 1.170.0
NODE_VERSION := 24.19.0
FRAMEWORKS_PACKAGES := instructor==1.17.0 langchain-core==1.8.3 pandas==3.1.1
