//! Is never built.
