//! The Millrace window under a driver: what it shows, its widgets by their names, and hands on them.
//!
//! Widgets are found by the name that assistive technology would read, as a person finds them by their labels.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{Gesture, Key, WebDriver};
use crate::display::{Display, poll};

/// The Millrace window. Dropping it ends it.
#[derive(Debug)]
pub struct Window {
    driver: WebDriver,
}

/// A point of the page, in CSS pixels.
pub type Point = (i32, i32);

impl Window {
    /// Opens it and waits until it is drawn and the engine answers.
    ///
    /// # Errors
    /// When the window or its engine does not come up.
    pub fn open(
        display: &Display,
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        if !program.is_file() {
            bail!("{} is not built", program.display());
        }
        Self::over(WebDriver::open(display, program, arguments, environment)?)
    }

    /// The page at an address in a browser, as soon as it is drawn and the engine answers.
    ///
    /// # Errors
    /// When the page or its engine does not come up.
    pub fn browse(driver: WebDriver, address: &str) -> anyhow::Result<Self> {
        driver.go(address)?;
        Self::over(driver)
    }

    fn over(driver: WebDriver) -> anyhow::Result<Self> {
        let window = Self { driver };
        window.driver.wait_for("the first frame", "window.millraceReady")?;
        window.wait("the engine to answer", "s.engine === 'running'")?;
        Ok(window)
    }

    /// What it shows now; the members are described in the ui's `probe`.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn state(&self) -> anyhow::Result<Value> {
        self.ask("millrace_state")
    }

    /// Waits until a JavaScript condition on the state `s` holds.
    ///
    /// # Errors
    /// When it does not in time; the message says what the window showed instead.
    pub fn wait(&self, what: &str, condition: &str) -> anyhow::Result<()> {
        // While a frame is drawn the state is empty.
        let expression =
            format!("(t => t && (s => {condition})(JSON.parse(t)))(window.millrace_state())");
        self.driver.wait_for(what, &expression).with_context(|| match self.state() {
            Ok(state) => format!("the window shows {state}"),
            Err(error) => format!("the window says nothing: {error}"),
        })
    }

    /// Waits until a JavaScript expression holds in the page.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn wait_for_expression(&self, expression: &str) -> anyhow::Result<()> {
        self.driver.wait_for(expression, expression)
    }

    /// The browser's process, where its driver says it.
    pub fn process(&self) -> Option<u32> {
        self.driver.process
    }

    /// A PNG of the page as it is shown.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn picture(&self) -> anyhow::Result<Vec<u8>> {
        self.driver.screenshot()
    }

    /// Runs the body of a JavaScript function in the page and answers what it returns.
    ///
    /// # Errors
    /// When the script throws or the window is gone.
    pub fn execute(&self, script: &str) -> anyhow::Result<Value> {
        self.driver.execute(script, &[])
    }

    /// Waits until what was drawn last is on the screen.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn wait_for_paint(&self) -> anyhow::Result<()> {
        // The second frame begins after the first was handed over. The page would hold a frame back while it rests.
        let script = "const done = arguments[arguments.length - 1];\
                      const soon = (then) => { window.millraceAwake?.(); requestAnimationFrame(then); };\
                      soon(() => soon(() => done(true)));";
        self.driver.execute_async(script, &[])?;
        Ok(())
    }

    /// A point of the state, such as `/canvas/tasks/extract/ports/succeeded`.
    ///
    /// # Errors
    /// When there is no point at this place of the state.
    pub fn point(&self, pointer: &str) -> anyhow::Result<Point> {
        let state = self.state()?;
        let at = state.pointer(pointer).with_context(|| format!("the state lacks {pointer}"))?;
        to_pixels(&state, [&at[0], &at[1]]).with_context(|| format!("{pointer} is no point: {at}"))
    }

    /// The middle of the widget with this name, as soon as there is one that can be used and stays where it is.
    ///
    /// # Errors
    /// When there is none in time; the message lists the names that there are.
    pub fn widget(&self, name: &str) -> anyhow::Result<Point> {
        self.place(&format!("a widget named {name:?}"), |found| found == name)
    }

    /// As [`Self::widget`], for a name of which only the beginning is known.
    ///
    /// # Errors
    /// As [`Self::widget`].
    pub fn widget_prefixed(&self, prefix: &str) -> anyhow::Result<Point> {
        self.place(&format!("a widget named {prefix}…"), |found| found.starts_with(prefix))
    }

    /// Clicks the widget with this name.
    ///
    /// # Errors
    /// As [`Self::widget`].
    pub fn click(&self, name: &str) -> anyhow::Result<()> {
        let (x, y) = self.widget(name)?;
        self.perform(&Gesture::new().click(x, y))
    }

    /// Replaces what stands in the text field with this name.
    ///
    /// # Errors
    /// As [`Self::widget`], and when the field does not take the keys.
    pub fn type_into(&self, name: &str, text: &str) -> anyhow::Result<()> {
        self.click(name)?;
        // As a person waits for the caret.
        self.find(&format!("{name:?} to take the keys"), |widget| {
            widget["name"] == name && widget["focused"] == true
        })?;
        self.perform(&Gesture::new().chord(&[Key::Control], 'a').type_text(text))
    }

    /// Makes the page fail as a bug of its own would.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn panic(&self) -> anyhow::Result<()> {
        self.driver.execute("setTimeout(() => window.millrace_panic(), 0);", &[])?;
        Ok(())
    }

    /// Does what a hand would do.
    ///
    /// # Errors
    /// When a coordinate is outside the window or the window is gone.
    pub fn perform(&self, gesture: &Gesture) -> anyhow::Result<()> {
        self.driver.perform(gesture)
    }

    /// Where a widget is that can be used, once two frames show it in the same place: one that was just shown is still
    /// finding its size.
    fn place(&self, what: &str, is_named: impl Fn(&str) -> bool) -> anyhow::Result<Point> {
        let is_it = |widget: &Value| {
            widget["name"].as_str().is_some_and(&is_named) && widget["disabled"] == false
        };
        let rect = poll(what, || {
            let Some(first) = self.look_for(is_it)? else { return Ok(None) };
            self.wait_for_paint()?;
            let second = self.look_for(is_it)?;
            Ok(second.filter(|second| second["rect"] == first["rect"]))
        });
        let widget = rect.with_context(|| self.describe())?;
        let rect = &widget["rect"];
        let number = |index: usize| rect[index].as_f64().unwrap_or_default();
        let middle = json!([number(0) + number(2) / 2.0, number(1) + number(3) / 2.0]);
        to_pixels(&self.state()?, [&middle[0], &middle[1]])
            .with_context(|| format!("{what} has no place: {rect}"))
    }

    /// Waits for a widget.
    fn find(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        poll(what, || self.look_for(&is_it)).with_context(|| self.describe())
    }

    /// The topmost widget of these, which is drawn last. A text beside a field has the field's name; it takes no input.
    fn look_for(&self, is_it: impl Fn(&Value) -> bool) -> anyhow::Result<Option<Value>> {
        let widgets = self.ask("millrace_widgets")?;
        let mut all = widgets.as_array().into_iter().flatten().rev().filter(|w| is_it(w));
        let mut labels = all.clone();
        let field = all.find(|widget| widget["role"] != "Label");
        Ok(field.or_else(|| labels.next()).cloned())
    }

    fn describe(&self) -> String {
        match self.names() {
            Ok(names) => format!("there are: {names}"),
            Err(error) => format!("the window says nothing: {error}"),
        }
    }

    fn names(&self) -> anyhow::Result<String> {
        let widgets = self.ask("millrace_widgets")?;
        let names = widgets.as_array().into_iter().flatten().filter_map(|w| w["name"].as_str());
        Ok(names.collect::<Vec<_>>().join(" | "))
    }

    fn ask(&self, function: &str) -> anyhow::Result<Value> {
        poll(function, || {
            let text = self.driver.execute(&format!("return window.{function}();"), &[])?;
            let text = text.as_str().with_context(|| format!("{function} gave no text"))?;
            if text.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_str(text)?)) }
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a place in a window")]
fn to_pixels(state: &Value, at: [&Value; 2]) -> Option<Point> {
    let scale = state["scale"].as_f64().unwrap_or(1.0);
    let pixels = |value: &Value| value.as_f64().map(|value| (value * scale).round() as i32);
    Some((pixels(at[0])?, pixels(at[1])?))
}
