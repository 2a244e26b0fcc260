//! Puts pages, font and what is said of the file together.

use super::font::{Font, Places};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, TextStr};
use std::io::Write as _;

/// A4, in points.
pub(super) const WIDTH: f32 = 595.28;
pub(super) const HEIGHT: f32 = 841.89;

/// The font's name on every page.
pub(super) const FONT: Name<'static> = Name(b"F");

/// The bytes of a file with these pages.
pub(super) fn written(pages: Vec<Content>, font: &Font, title: &str) -> Vec<u8> {
    let mut next = Ref::new(1);
    let (catalog, tree, info) = (next.bump(), next.bump(), next.bump());
    let places = Places {
        font: next.bump(),
        cid: next.bump(),
        descriptor: next.bump(),
        data: next.bump(),
        letters: next.bump(),
    };
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree).lang(TextStr("en-GB"));
    pdf.document_info(info)
        .title(TextStr(title))
        .creator(TextStr("Wardlight"));
    let pages: Vec<_> = pages
        .into_iter()
        .map(|content| (next.bump(), next.bump(), content))
        .collect();
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    let kids = pages.iter().map(|(page, ..)| *page);
    pdf.pages(tree).kids(kids).count(count);
    for (id, of, content) in pages {
        let mut page = pdf.page(id);
        page.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT))
            .parent(tree)
            .contents(of);
        page.resources().fonts().pair(FONT, places.font);
        page.finish();
        let drawn = packed(&content.finish().into_vec());
        pdf.stream(of, &drawn).filter(Filter::FlateDecode);
    }
    font.write(&mut pdf, &places);
    pdf.finish()
}

/// As a reader unpacks it (zlib).
pub(super) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
