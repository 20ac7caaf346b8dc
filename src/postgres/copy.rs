//! COPY from a stream.
