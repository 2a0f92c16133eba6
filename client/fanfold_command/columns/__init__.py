"""Which columns each thing has, in a pipe and on a terminal. In a pipe their order is a promise: new ones go last."""
