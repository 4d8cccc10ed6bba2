//! The shop's shelves and products: any product can be made from its number alone.
//!
//! It does not know what goes well together: `taste` does.

use super::random::{Purpose, Stream, rounded};
use super::schedule::{MICROSECONDS_PER_DAY, WINDOW_START};

/// A leaf of the category tree; three neighbours in `SHELVES` make a theme.
pub(super) struct Shelf {
    /// Levels split by ` > `.
    pub(super) category: &'static str,
    nouns: [&'static str; 4],
    price_usd_median: f64,
}

/// Shelves of one theme: its products go together.
pub(super) const SHELVES_PER_THEME: usize = 3;

const fn shelf(category: &'static str, price_usd_median: f64, nouns: [&'static str; 4]) -> Shelf {
    Shelf {
        category,
        nouns,
        price_usd_median,
    }
}

#[rustfmt::skip]
pub(super) const SHELVES: [Shelf; 36] = [
    shelf("Kitchen > Coffee > Grinders", 55.0, ["Burr Grinder", "Hand Grinder", "Blade Grinder", "Espresso Mill"]),
    shelf("Kitchen > Coffee > Brewers", 70.0, ["French Press", "Moka Pot", "Pour-Over Cone", "Espresso Machine"]),
    shelf("Grocery > Coffee > Beans", 14.0, ["Breakfast Blend", "Dark Roast", "Decaf Beans", "Monday Roast"]),
    shelf("Kitchen > Baking > Tins", 16.0, ["Loaf Tin", "Muffin Tray", "Bundt Pan", "Pie Dish"]),
    shelf("Kitchen > Baking > Mixers", 90.0, ["Stand Mixer", "Hand Mixer", "Dough Hook Set", "Whisk"]),
    shelf("Grocery > Baking > Flour and Sugar", 5.0, ["Bread Flour", "Rye Flour", "Icing Sugar", "Vanilla Extract"]),
    shelf("Grocery > Pasta > Dried", 3.0, ["Spaghetti", "Farfalle", "Rigatoni", "Very Long Linguine"]),
    shelf("Grocery > Sauces > Tomato", 5.0, ["Tomato Passata", "Arrabbiata Sauce", "Basil Pesto", "Sunday Ragu"]),
    shelf("Kitchen > Cookware > Pots", 48.0, ["Stock Pot", "Sauté Pan", "Colander", "Dutch Oven"]),
    shelf("Garden > Tools > Hand Tools", 19.0, ["Trowel", "Pruning Shears", "Weeding Fork", "Dibber"]),
    shelf("Garden > Seeds > Vegetables", 4.0, ["Radish Seeds", "Heirloom Tomato Seeds", "Pumpkin Seeds", "Kale Seeds"]),
    shelf("Garden > Watering > Cans", 24.0, ["Watering Can", "Garden Hose", "Rain Barrel", "Plant Mister"]),
    shelf("Outdoor > Camping > Tents", 160.0, ["Two-Person Tent", "Family Tent", "Hammock", "Tarp"]),
    shelf("Outdoor > Camping > Stoves", 45.0, ["Gas Stove", "Mess Kit", "Camp Kettle", "Marshmallow Fork"]),
    shelf("Outdoor > Camping > Lights", 28.0, ["Lantern", "Headlamp", "String Lights", "Pocket Torch"]),
    shelf("Sports > Cycling > Helmets", 65.0, ["City Helmet", "Road Helmet", "Kids Helmet", "Helmet Visor"]),
    shelf("Sports > Cycling > Locks", 40.0, ["U-Lock", "Folding Lock", "Chain Lock", "Cable Lock"]),
    shelf("Sports > Cycling > Pumps", 30.0, ["Floor Pump", "Mini Pump", "Patch Kit", "Bicycle Bell"]),
    shelf("Office > Desk > Lamps", 42.0, ["Desk Lamp", "Clamp Lamp", "Reading Light", "Monitor Light Bar"]),
    shelf("Office > Desk > Chairs", 210.0, ["Desk Chair", "Kneeling Stool", "Footrest", "Seat Cushion"]),
    shelf("Office > Paper > Notebooks", 11.0, ["Dotted Notebook", "Weekly Planner", "Legal Pad", "Sketchbook"]),
    shelf("Electronics > Audio > Headphones", 120.0, ["Headphones", "Earbuds", "Studio Monitors", "Headphone Stand"]),
    shelf("Electronics > Audio > Turntables", 230.0, ["Turntable", "Phono Preamp", "Spare Stylus", "Record Brush"]),
    shelf("Electronics > Audio > Speakers", 95.0, ["Bookshelf Speaker", "Shower Speaker", "Soundbar", "Subwoofer"]),
    shelf("Electronics > Photo > Cameras", 480.0, ["Mirrorless Camera", "Instant Camera", "Action Camera", "Film Camera"]),
    shelf("Electronics > Photo > Tripods", 75.0, ["Travel Tripod", "Monopod", "Gorilla Stand", "Ball Head"]),
    shelf("Electronics > Photo > Memory", 26.0, ["Memory Card", "Card Reader", "Photo Backpack", "Lens Cloth"]),
    shelf("Pets > Cats > Furniture", 58.0, ["Cat Tower", "Scratching Post", "Window Perch", "Cardboard Castle"]),
    shelf("Pets > Cats > Food", 13.0, ["Salmon Kibble", "Chicken Pouches", "Cat Milk", "Dental Treats"]),
    shelf("Pets > Cats > Toys", 8.0, ["Feather Wand", "Laser Pointer", "Catnip Mouse", "Crinkle Tunnel"]),
    shelf("Home > Bath > Towels", 22.0, ["Bath Towel", "Hand Towel", "Bathrobe", "Bath Mat"]),
    shelf("Home > Bath > Soap", 7.0, ["Lavender Soap", "Shower Gel", "Bath Salts", "Rubber Duck"]),
    shelf("Home > Laundry > Baskets", 27.0, ["Laundry Basket", "Drying Rack", "Clothes Pegs", "Sock Organiser"]),
    shelf("Toys > Games > Board Games", 34.0, ["Strategy Game", "Word Game", "Card Game", "Game of Goats"]),
    shelf("Toys > Games > Puzzles", 18.0, ["1000-Piece Puzzle", "Wooden Puzzle", "Puzzle Cube", "Puzzle Mat"]),
    shelf("Toys > Building > Bricks", 49.0, ["Brick Castle", "Marble Run", "Magnetic Tiles", "Crane Kit"]),
];

const BRANDS: [&str; 40] = [
    "Quillfeather",
    "Northpine",
    "Bramble & Co",
    "Otterly",
    "Hearthside",
    "Lumivale",
    "Tuesday",
    "Copperkettle",
    "Grand Marmot",
    "Fernhill",
    "Plainjane",
    "Oskar & Ida",
    "Halcyon",
    "Mossbank",
    "Big Acorn",
    "Silverlark",
    "Nordhus",
    "Peppercorn",
    "Wanderlight",
    "Velvet Goat",
    "Ironbark",
    "Little Otis",
    "Sundial",
    "Maple Street",
    "Kestrel",
    "Thimble",
    "Blue Heron",
    "Gusto",
    "Tidewater",
    "Fox & Ladder",
    "Marigold",
    "Stonecrop",
    "Hummingbird",
    "Old Harbor",
    "Zephyr",
    "Pocketwell",
    "Juniper",
    "Rooster Hill",
    "Cobblestone",
    "Moonbeam",
];

const ADJECTIVES: [&str; 32] = [
    "Whisper-Quiet",
    "Unbreakable",
    "Pocket-Size",
    "Extra Large",
    "Everyday",
    "Award-Winning",
    "Grandmother's",
    "Foldable",
    "Slightly Heroic",
    "Hand-Finished",
    "Classic",
    "Modular",
    "No-Nonsense",
    "Weekend",
    "Professional",
    "Featherweight",
    "Old-Fashioned",
    "Stackable",
    "Midnight Blue",
    "Cheerful",
    "Serious",
    "Organic",
    "Recycled",
    "Deluxe",
    "Compact",
    "Overqualified",
    "Scandinavian",
    "Spill-Proof",
    "Reliable",
    "Rainy-Day",
    "Double-Walled",
    "Perfectly Fine",
];

const EDITIONS: [&str; 12] = [
    "",
    "",
    "",
    "",
    ", Green",
    ", Cream",
    ", Series 2",
    ", Set of 2",
    ", Set of 4",
    ", Gift Box",
    ", Limited Edition",
    ", Refurbished",
];

/// One row of the catalog.
pub(super) struct Product {
    pub(super) title: String,
    pub(super) brand: &'static str,
    pub(super) category: &'static str,
    pub(super) price_usd: f64,
    /// The mean of what buyers gave, 1 to 5 stars; none where nobody rated it.
    pub(super) rating: Option<f64>,
    /// Microseconds since 1970 (UTC), within the year before the first answer.
    pub(super) updated_at: i64,
}

/// The index in `SHELVES` of a product; products stand on the shelves in turn.
pub(super) fn shelf_idx(product: u64) -> usize {
    (product % SHELVES.len() as u64) as usize
}

/// How good a product is, whatever it stands beside: a standard normal number.
pub(super) fn quality(seed: u64, product: u64) -> f64 {
    Stream::new(seed, Purpose::Quality, product).normal()
}

/// The product of this number.
pub(super) fn product(seed: u64, number: u64) -> Product {
    let mut stream = Stream::new(seed, Purpose::Product, number);
    let shelf = &SHELVES[shelf_idx(number)];
    let brand = pick(&mut stream, &BRANDS);
    let adjective = pick(&mut stream, &ADJECTIVES);
    let noun = pick(&mut stream, &shelf.nouns);
    let edition = pick(&mut stream, &EDITIONS);
    // Whole dollars less one cent, as shops like it.
    let price_usd = stream
        .lognormal(shelf.price_usd_median, 0.45)
        .round()
        .max(1.0)
        - 0.01;
    let age_days = 1 + stream.below(365) as i64;
    // Buyers see the quality, more or less.
    let stars = 3.7 + 0.6 * quality(seed, number) + 0.25 * stream.normal();
    let is_rated = stream.below(20) > 0;
    Product {
        title: format!("{brand} {adjective} {noun}{edition}"),
        brand,
        category: shelf.category,
        price_usd: rounded(price_usd, 100.0),
        rating: is_rated.then(|| rounded(stars.clamp(1.0, 5.0), 10.0)),
        updated_at: WINDOW_START - age_days * MICROSECONDS_PER_DAY,
    }
}

fn pick(stream: &mut Stream, words: &[&'static str]) -> &'static str {
    words[stream.below(words.len() as u64) as usize]
}
