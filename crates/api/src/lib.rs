//! What a client can ask of Millrace: commands, replies, events, error codes.
