//! Serves several rapace services on one listener, as foreign clients need it
