//! A bookshop as a team would write it: two rapace services, and a server for them
