//! libpq's environment variables and files, which fill up what the settings leave open.
