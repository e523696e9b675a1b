//! The sources of the client runtimes, carried as data so that a generator can write them out
