//! Generates Go clients for rapace services
