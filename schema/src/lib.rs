//! The language-neutral description of rapace services: api.json as plain data
