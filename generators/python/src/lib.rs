//! Generates Python clients for rapace services
