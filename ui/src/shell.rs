//! The outermost frame of the ui: what is shown before a document is open.
//!
//! It draws only; it does not talk to the daemon.

/// The whole ui as one value, drawn by [`Shell::ui`].
#[derive(Debug, Default)]
pub struct Shell {}

impl Shell {
    /// Draws one frame into `ui`, which covers the whole window.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        egui::Frame::new().fill(egui::Color32::from_rgb(0x0f, 0x12, 0x16)).show(ui, |ui| {
            ui.centered_and_justified(|ui| {
                ui.heading("Millrace");
            });
        });
    }
}
