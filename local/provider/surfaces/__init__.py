"""One module for each emulated provider; the module has a function `surface(emulator)`."""
