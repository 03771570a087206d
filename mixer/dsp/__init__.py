"""Signal processing as compiled kernels. Sans-IO: they work on records and arrays that they are handed."""
