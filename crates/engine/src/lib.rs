//! Decides what runs next: a pure core and a thin driver around it.
