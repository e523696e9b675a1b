//! Generates TypeScript clients for rapace services
