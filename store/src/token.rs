//! Tokens of devices and credentials: 32 random bytes, shown once, kept as their SHA-256. A slow
//! hash would add nothing to a random token, and would keep a city's lamps out after a blackout.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::sqlite::RegistryError;

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;

/// A token in the one moment in which it can be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one from the system's random numbers.
    pub(crate) fn new() -> Result<Self, RegistryError> {
        let mut bytes = [0; TOKEN_BYTES];
        OsRng.try_fill_bytes(&mut bytes).map_err(|e| RegistryError::Random(e.to_string()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The token itself, for the one who asked for it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of a token.
    pub fn sha256(token: &str) -> [u8; 32] {
        Sha256::digest(token.as_bytes()).into()
    }

    /// Is `presented` the token of which `kept` is the SHA-256? Takes the same time whatever the
    /// answer.
    pub fn matches(kept: &[u8; 32], presented: &str) -> bool {
        Self::sha256(presented).ct_eq(kept).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_matches_its_own_hash_only_and_is_never_printed() {
        let (token, other) = (Token::new().expect("random"), Token::new().expect("random"));
        assert_ne!(token, other);
        assert_eq!(token.reveal().len(), 43);
        let kept = Token::sha256(token.reveal());
        assert!(Token::matches(&kept, token.reveal()));
        assert!(!Token::matches(&kept, other.reveal()));
        assert!(!Token::matches(&kept, ""));
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
