//! Pictures in mails: SVG in, PNG out, with a font of our own, so that they look the same everywhere. Pure.

use std::sync::{Arc, LazyLock};

use data_encoding::BASE64;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Dots of a picture for each of its units: sharp on a phone.
const SCALE: f32 = 3.0;

/// A subset of `DejaVu` Sans (assets/fonts/LICENSE).
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../../assets/fonts/DejaVuSans.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../../assets/fonts/DejaVuSans-Bold.ttf").to_vec());
    Arc::new(fonts)
});

/// A picture that a letter shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its Content-ID (RFC 2392) without angle brackets: `src="cid:..."` shows it.
    pub id: String,
    /// The file.
    pub png: Vec<u8>,
}

impl Picture {
    /// The file as an address that holds it whole (RFC 2397).
    pub(super) fn data(&self) -> String {
        format!("data:image/png;base64,{}", BASE64.encode(&self.png))
    }
}

/// Draws a picture. Its texts are to be [`drawable`].
pub(super) fn png(svg: &str) -> Vec<u8> {
    let options =
        Options { font_family: "DejaVu Sans".to_owned(), fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(svg, &options).expect("our own templates make SVG");
    let size = tree.size().to_int_size().scale_by(SCALE).expect("a picture has a size");
    let mut pixmap = Pixmap::new(size.width(), size.height()).expect("a picture has a size");
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixmap.as_mut());
    pixmap.encode_png().expect("a picture can be written into memory")
}

/// A text in letters that the font has; others are shown as a square.
pub(super) fn drawable(text: &str) -> String {
    let has = |c: char| {
        matches!(c, ' '..='~' | '\u{a0}'..='\u{17f}' | '\u{218}'..='\u{21b}' | 'Α'..='Ω' | 'α'..='ω' | 'А'..='я'
            | '‐'..='―' | '‘'..='„' | '…' | '€' | '−' | '▲' | '▼')
    };
    text.chars().map(|c| if has(c) { c } else { '□' }).collect()
}
