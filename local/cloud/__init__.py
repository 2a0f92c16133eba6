"""The emulated cloud: template.yaml deployed into MiniStack, handlers run by real processes.

`Cloud` (stack.py) starts a host process (host.py), deploys (deploy.py) and stops everything again.
Inside the host, runtime.py runs the handlers and strict_*.py make the emulator refuse what AWS refuses.
"""
