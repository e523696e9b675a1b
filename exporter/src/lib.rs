//! The rapace command: exports a service crate to api.json and generates clients from it
