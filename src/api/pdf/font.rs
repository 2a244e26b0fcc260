//! The font of all documents: DejaVu Sans, of which a file holds the letters it uses.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;
use subsetter::GlyphRemapper;
use ttf_parser::Face;

/// `dashboards/vendor/README.md` says where it comes from.
static FONT: &[u8] = include_bytes!("../../../dashboards/vendor/dejavu/DejaVuSans.ttf");

const NAME: Name<'static> = Name(b"DejaVuSans");
const SYSTEM: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};
/// Stands for a letter that the font does not have.
const UNKNOWN: char = '\u{fffd}';

/// Where a font's parts lie in a file.
pub(super) struct Places {
    pub(super) font: Ref,
    pub(super) cid: Ref,
    pub(super) descriptor: Ref,
    pub(super) data: Ref,
    pub(super) letters: Ref,
}

/// The font with the letters that were used.
pub(super) struct Font {
    face: Face<'static>,
    glyphs: GlyphRemapper,
    /// By its number in the file: the letter, and its width in thousandths.
    used: BTreeMap<u16, (char, f32)>,
    /// Whether a letter was asked for that it does not have.
    pub(super) lacks: bool,
}

impl Font {
    pub(super) fn new() -> Self {
        Self {
            face: Face::parse(FONT, 0).expect("the font is part of the program: tests read it"),
            glyphs: GlyphRemapper::new(),
            used: BTreeMap::new(),
            lacks: false,
        }
    }

    /// The numbers of a text's letters, two bytes each.
    pub(super) fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() * 2);
        for letter in text.chars() {
            let found = self.face.glyph_index(letter);
            self.lacks |= found.is_none();
            let shown = found.map_or(UNKNOWN, |_| letter);
            let glyph = found.or_else(|| self.face.glyph_index(UNKNOWN));
            let glyph = glyph.unwrap_or_default();
            let width = self.thousandths(glyph);
            let number = self.glyphs.remap(glyph.0);
            self.used.entry(number).or_insert((shown, width));
            bytes.extend(number.to_be_bytes());
        }
        bytes
    }

    /// How wide a text is at a size of so many points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let of = |letter| {
            let glyph = self.face.glyph_index(letter);
            let glyph = glyph.or_else(|| self.face.glyph_index(UNKNOWN));
            self.thousandths(glyph.unwrap_or_default())
        };
        text.chars().map(of).sum::<f32>() * size / 1000.0
    }

    fn thousandths(&self, glyph: ttf_parser::GlyphId) -> f32 {
        let advance = self.face.glyph_hor_advance(glyph).unwrap_or(0);
        f32::from(advance) * 1000.0 / f32::from(self.face.units_per_em())
    }

    /// Writes it into a file.
    pub(super) fn write(&self, pdf: &mut Pdf, places: &Places) {
        pdf.type0_font(places.font)
            .base_font(NAME)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(places.cid)
            .to_unicode(places.letters);
        let mut cid = pdf.cid_font(places.cid);
        cid.subtype(CidFontType::Type2)
            .base_font(NAME)
            .system_info(SYSTEM)
            .font_descriptor(places.descriptor)
            .default_width(0.0)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = cid.widths();
        for (number, (_, width)) in &self.used {
            widths.consecutive(*number, [*width]);
        }
        widths.finish();
        cid.finish();
        self.describe(pdf, places);
        let mut letters = UnicodeCmap::new(Name(b"Letters"), SYSTEM);
        for (number, (letter, _)) in &self.used {
            letters.pair(*number, *letter);
        }
        pdf.cmap(places.letters, &letters.finish());
    }

    fn describe(&self, pdf: &mut Pdf, places: &Places) {
        let scale = 1000.0 / f32::from(self.face.units_per_em());
        let of = |value: i16| f32::from(value) * scale;
        let bounds = self.face.global_bounding_box();
        pdf.font_descriptor(places.descriptor)
            .name(NAME)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(
                of(bounds.x_min),
                of(bounds.y_min),
                of(bounds.x_max),
                of(bounds.y_max),
            ))
            .italic_angle(0.0)
            .ascent(of(self.face.ascender()))
            .descent(of(self.face.descender()))
            .cap_height(of(self.face.capital_height().unwrap_or(1_493)))
            .stem_v(80.0)
            .font_file2(places.data);
        let subset = subsetter::subset(FONT, 0, &self.glyphs);
        let subset = subset.expect("the font is part of the program: tests cut it");
        let packed = super::file::packed(&subset);
        pdf.stream(places.data, &packed).filter(Filter::FlateDecode);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_a_number_and_what_is_missing_is_shown_so() {
        let mut font = Font::new();
        let text = "Ünal Łukasz, Ελένη, Юлия, SpO₂ ▲ – 38,5 °C";
        let bytes = font.encode(text);
        assert_eq!(bytes.len(), text.chars().count() * 2);
        assert!(!font.lacks);
        let letters: Vec<_> = font.used.values().map(|(letter, _)| *letter).collect();
        assert!(text.chars().all(|letter| letters.contains(&letter)));
        font.encode("東");
        assert!(font.lacks);
        assert!(font.used.values().any(|(letter, _)| *letter == UNKNOWN));
        assert!(font.width("東", 10.0) > 0.0 && font.width("ii", 10.0) < font.width("WW", 10.0));
    }
}
