# How every Lambda layer is built; included by layers/*/Makefile.
# `sam build` runs those in a scratch copy but names them by their real path, so the repository is found from it.
# ARCH comes from `make build`: SAM gives a makefile build no word of the template's architecture.

ROOT := $(abspath $(dir $(firstword $(MAKEFILE_LIST)))../..)
UV   := $(ROOT)/.tools/uv/bin/uv
SITE  = $(ARTIFACTS_DIR)/python

ARCH ?= x86_64
# Amazon Linux 2023, under python3.13, has glibc 2.34; pyarrow has no wheels for older ones than 2.28.
PLATFORM := $(patsubst arm64,aarch64,$(ARCH))-manylinux_2_28

# boto3 and botocore are in Lambda's managed runtime.
PRUNE := boto3 botocore

# $(call install,GROUP): what the lock holds for one dependency group of pyproject.toml, each file by its hash. Byte code
# comes later, from Lambda's own Python.
define install
@test -x $(UV) || { echo "$(UV) is missing: build with 'make build'" >&2; exit 1; }
@$(UV) export --quiet --project $(ROOT) --only-group $(1) --frozen --no-emit-project --no-annotate \
  $(addprefix --prune ,$(PRUNE)) --output-file $(ARTIFACTS_DIR)/requirements.txt
@UV_COMPILE_BYTECODE=0 $(UV) pip install --quiet --require-hashes --requirement $(ARTIFACTS_DIR)/requirements.txt --no-deps --target $(SITE) \
  --python-platform $(PLATFORM) --python-version 3.13 --only-binary :all:
@rm $(ARTIFACTS_DIR)/requirements.txt
@find $(SITE) \( -name tests -o -name __pycache__ -o -path $(SITE)/bin \) -type d -prune -exec rm -rf {} +
@find $(SITE) \( -name '*.pyi' -o -name '*.pxd' -o -name '*.[ach]' -o -name RECORD -o -name .lock \) -type f -delete
endef

# /opt is read-only in Lambda: without .pyc every cold start compiles anew. The fixed hash seed keeps rebuilds alike.
define compile
@PYTHONHASHSEED=0 python3.13 -m compileall -q --invalidation-mode unchecked-hash -s $(SITE) -p /opt/python $(SITE)
endef

# For the layer that would not fit beside its sources: byte code alone. Tracebacks keep file and line, not the text.
define compile-without-sources
@PYTHONHASHSEED=0 python3.13 -m compileall -q -b --invalidation-mode unchecked-hash -s $(SITE) -p /opt/python $(SITE)
@find $(SITE) -name '*.py' -type f -delete
endef

# What builds against the numeric packages needs, and what only a debugger reads. Libraries in *.libs stay whole:
# stripping misaligns OpenBLAS. A strip that doesn't know the architecture leaves the file alone.
define prune-numeric
@find $(SITE) \( -name '*.pyx' -o -name '*.pxi' -o -name '*.cpp' -o -name '*.hpp' -o -name '*.f90' -o -name '*.pc' \) -type f -delete
@rm -rf $(SITE)/numpy/_core/include $(SITE)/numpy/_core/lib
@find $(SITE) -name '*.so' -not -path '*.libs/*' -type f -exec $(STRIP) --strip-unneeded {} + 2>/dev/null || true
@find $(SITE) -path '*.dist-info/*' -type f -not -name METADATA -delete
endef

STRIP = $(firstword $(if $(filter arm64,$(ARCH)),$(shell command -v aarch64-linux-gnu-strip llvm-strip)) $(shell command -v strip) true)
