//! The codes of problems with documents: MR1001 to MR1999. Other crates have ranges of their own.
//!
//! `docs/errors.md` lists them; a test compares it with this table.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Severity;

macro_rules! codes {
    ($($number:literal $name:ident $severity:ident $title:literal;)*) => {
        /// The kind of a problem. The number never changes its meaning and is never used again.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Code {
            $(#[doc = $title] $name = $number,)*
        }

        impl Code {
            /// All codes, by number.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What is wrong, in one line.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }

            /// How bad a problem of this kind usually is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }
        }
    };
}

codes! {
    1001 TooLarge Error "The document has more than 64 MiB or four million values";
    1002 TooDeep Error "Lists and objects are nested more than 128 levels deep";
    1003 ByteOrderMark Error "The text starts with a byte order mark";
    1004 Utf16 Error "The text is UTF-16 instead of UTF-8";
    1005 NotUtf8 Error "The text is not valid UTF-8";
    1006 ConflictMark Error "The text holds an unresolved merge conflict";
    1007 Syntax Error "The text is not strict JSON";
    1008 DuplicateKey Error "A key stands twice in one object";
    1009 NumberRange Error "A number does not fit into 64 bits";
    1010 NotAnObject Error "The document is not an object";
    1011 Empty Error "The document is empty";
    1101 WrongType Error "A value has the wrong type";
    1102 MissingKey Error "A required key is missing";
    1103 UnknownKey Warning "A key is not known to this version";
    1104 BadName Error "A text is not a name";
    1105 BadDuration Error "A text is not a duration";
    1106 BadWord Error "A word is not one of those allowed";
    1107 OneOf Error "Exactly one key of a group is needed";
    1108 NewerVersion Error "The document was made by a newer version";
    1109 BadVersion Error "The format version is not known";
    1110 TooMany Notice "There are more problems than are listed";
    1201 DuplicateName Error "Two things have the same name";
    1202 DanglingDependency Error "A dependency names a task that does not exist";
    1203 SelfDependency Error "A task depends on itself";
    1204 DuplicateDependency Error "Two dependencies join the same tasks";
    1205 Cycle Error "Tasks wait for each other in a circle";
    1206 NoSuchTask Error "A task is named that does not exist";
    1301 EmptyOn Error "A dependency waits for no ending at all";
    1302 BadMinSucceeded Error "`min_succeeded` can never be met";
    1303 BadJoin Error "A join expression is not valid";
    1304 JoinNames Error "A join expression names a task that is not an upstream";
    1305 JoinAndOn Error "A dependency carries `on` although the join is an expression";
    1306 JoinUnused Warning "A join expression does not use one of its upstreams";
    1307 BadTeardown Error "A teardown breaks a rule for teardowns";
    1308 UnknownBranch Error "A dependency asks for a branch that its upstream does not have";
    1309 UnusedBranch Warning "A branch has no dependency";
    1310 MappedBranch Error "A branch task is mapped";
    1315 HeldByWait Warning "A task that waits names a pool or a lock";
    1316 NeverTooLate Warning "A task says what a missing answer means and has no time-out";
    1317 BadHookTask Error "A hook cannot run the task that it names";
    1401 BadRetry Error "A retry policy is out of range";
    1402 BadLimit Error "A limit is out of range";
    1403 UnknownPool Error "A pool is not defined in the settings";
    1404 BadPool Error "A task asks for more slots than a pool can have";
    1405 BadEnv Error "A name cannot be an environment variable";
    1406 BadTimeout Error "A time limit is zero";
    1407 BadProduces Error "A task cannot make files of this pattern";
    1408 BadForEach Error "The items of a mapped task are no list";
    1412 BadCache Error "The result of a task cannot be taken over";
    1501 UnknownKind Error "A kind of task is not known to this version";
    1502 BadSpec Error "The fields of a task's kind are not valid";
    1503 CalleeUnusable Warning "A task runs a workflow that cannot be found or read";
    1504 CalleeParams Warning "A task gives a workflow other parameters than it declares";
    1505 CalleeCircle Error "Workflows run each other in a circle, or too deeply";
    1506 UnknownConnection Warning "A connection is not defined in the settings";
    1507 WrongConnection Warning "A connection leads to something else than the task needs";
    1601 BadExpression Error "An expression is not valid";
    1602 BadTemplate Error "A template is not valid";
    1603 NoSuchParam Error "An expression names a parameter that does not exist";
    1604 NotAnAncestor Error "An expression names a task that does not come before";
    1605 MayNotHaveEnded Warning "An expression names a task that may still be running";
    1606 OutOfScope Error "An expression uses something that has no value there";
    1607 SecretInText Error "A secret stands where only text may stand";
    1608 UnknownSecret Warning "A secret is not stored on this machine";
    1701 BadParam Error "A parameter's declaration contradicts itself";
    1801 BadSchedule Error "A schedule is not valid";
    1802 BadTrigger Error "A trigger is not valid";
    1803 PinnedOutputs Warning "Pinned outputs are used by the editor's runs alone";
    1804 LayoutUnknownTask Notice "The layout places a task that does not exist";
    1805 UnknownChannel Warning "A channel is not defined in the settings";
}

impl Code {
    /// The number after `MR`.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MR{:04}", self.number())
    }
}

/// The text is not a code of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a code of this version")]
pub struct UnknownCode(pub String);

impl TryFrom<String> for Code {
    type Error = UnknownCode;

    fn try_from(text: String) -> Result<Self, UnknownCode> {
        Self::ALL.iter().copied().find(|code| code.to_string() == text).ok_or(UnknownCode(text))
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.to_string()
    }
}
