//! The web application and the few lines that embed its build.
