//! Who may come in: a code that is good once, and what a browser gets for it.

use tokio::sync::watch;

/// What a browser gets for the code. It sends both with what it asks of the api.
#[derive(Clone)]
pub(super) struct Tokens {
    /// In a cookie that scripts cannot read.
    pub(super) cookie: String,
    /// In a header, from the page's own storage. Cookies know no ports: another server of this host would be sent the
    /// cookie, and cannot know this.
    pub(super) header: String,
}

/// The one session of a served page. It ends with the process.
pub(super) struct Session {
    port: u16,
    /// The code that is good now; another one as soon as it is used.
    code: watch::Sender<String>,
    tokens: Tokens,
}

impl Session {
    pub(super) fn new(port: u16) -> Result<Self, getrandom::Error> {
        let tokens = Tokens { cookie: random_text()?, header: random_text()? };
        Ok(Self { port, code: watch::Sender::new(random_text()?), tokens })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The code that is good now, and each that follows.
    pub(super) fn codes(&self) -> watch::Receiver<String> {
        self.code.subscribe()
    }

    /// The tokens for the code, the first time.
    pub(super) fn redeem(&self, code: &str) -> Option<Tokens> {
        let next = random_text().ok()?;
        let is_it = self.code.send_if_modified(|own| {
            let is_it = same(code, own);
            if is_it {
                *own = next;
            }
            is_it
        });
        is_it.then(|| self.tokens.clone())
    }

    /// What a browser that came in has.
    #[cfg(test)]
    pub(super) fn tokens_for_tests(&self) -> Tokens {
        self.tokens.clone()
    }

    /// Two pages of one host must not overwrite each other's.
    pub(super) fn cookie_name(&self) -> String {
        format!("millrace-{}", self.port)
    }

    /// Whether one of the cookies of a `Cookie` header is this session's.
    pub(super) fn knows_cookie(&self, header: &str) -> bool {
        let name = self.cookie_name();
        let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(key, value)| key == name && same(value, &self.tokens.cookie))
    }

    /// Whether the header of the page is this session's.
    pub(super) fn knows_header(&self, value: &str) -> bool {
        same(value, &self.tokens.header)
    }

    /// The names under which a browser may have found this port.
    pub(super) fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|host| format!("{host}:{}", self.port))
    }
}

/// 256 bits as hexadecimal digits.
fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Compares in a time that does not tell how much fits.
fn same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_once_and_nothing_else_is() {
        let session = Session::new(1).unwrap();
        let code = || session.codes().borrow().clone();
        let first = code();
        assert!(session.redeem("").is_none());
        assert!(session.redeem(&first[1..]).is_none());
        assert_eq!(code(), first, "a guess changes nothing");
        assert!(session.redeem(&first).is_some());
        assert!(session.redeem(&first).is_none());
        assert_ne!(code(), first);
        assert!(session.redeem(&code()).is_some(), "the next browser has a code of its own");
        assert_ne!(*Session::new(1).unwrap().codes().borrow(), code());
    }

    #[test]
    fn a_cookie_is_found_among_others_and_only_whole() {
        let session = Session::new(7).unwrap();
        let own = format!("millrace-7={}", session.tokens.cookie);
        assert!(session.knows_cookie(&own));
        assert!(session.knows_cookie(&format!("a=b; {own}; c")));
        for wrong in ["", "millrace-7=", &own[..own.len() - 1], &own.replace("-7", "-8")] {
            assert!(!session.knows_cookie(wrong), "{wrong}");
        }
    }
}
