package main

import (
	"math"

	"bookshop"
	"bookshop/rapace"
)

// The books of the shop.
const (
	isbnC        bookshop.Isbn = "978-0-13-110362-7"
	isbnRust     bookshop.Isbn = "978-1-7185-0310-6"
	isbnTrommel  bookshop.Isbn = "978-3-423-11821-7"
	isbnNeko     bookshop.Isbn = "978-4-10-101001-2"
	isbnOvid     bookshop.Isbn = "978-0-14-044789-7"
	isbnAlmanac  bookshop.Isbn = "979-8-00-000001-1"
	isbnRecalled bookshop.Isbn = "978-0-00-000666-3"
)

// openShop returns the shop with the books and orders that it always starts with.
func openShop() *shop {
	s := &shop{
		books: map[bookshop.Isbn]*bookshop.Book{},
		withdrawn: map[bookshop.Isbn]bookshop.FindOutcomeWithdrawn{
			isbnRecalled: {Reason: "the printer forgot page 13", Since: 1_262_304_000},
		},
		covers: map[bookshop.Isbn][]byte{
			isbnRust: {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a},
			isbnOvid: {},
		},
		categories: categories(),
		orders:     map[uint64]*bookshop.Order{},
	}
	for _, book := range append(programmingBooks(), otherBooks()...) {
		s.books[book.Isbn] = &book
	}
	for _, order := range orders() {
		s.orders[order.ID] = &order
	}
	return s
}

func programmingBooks() []bookshop.Book {
	return []bookshop.Book{
		{
			Isbn:         isbnC,
			Title:        `The C Programming Language \ Second Edition`,
			Authors:      []bookshop.Author{author("Brian W. Kernighan", 1942), author("Dennis M. Ritchie", 1941)},
			Format:       bookshop.FormatPaperback,
			Price:        money(6799, bookshop.CurrencyUsd),
			Availability: bookshop.AvailabilityInStock{Value: 3},
			Rating:       rapace.Ptr(4.71),
			WeightKg:     0.5,
			SizeMm:       size(178, 235, 18),
			Published:    575_424_000,
			Sold:         4_294_967_296,
			Shelf:        'K',
			Mark:         [4]byte{0, 1, 254, 255},
			Tags:         rapace.NewSet("c", "programming", "unix"),
			Translations: map[string]string{
				"de": "Programmieren in C", "fr": "Le langage C", "ja": "プログラミング言語C",
			},
			Thumbnail:   []byte{0x47, 0x49, 0x46},
			UnionNumber: rapace.Uint128{Hi: math.MaxUint64, Lo: math.MaxUint64},
		},
		{
			Isbn:         isbnRust,
			Title:        "The Rust Programming Language",
			Authors:      []bookshop.Author{{Name: "Steve Klabnik"}, {Name: "Carol Nichols"}},
			Format:       bookshop.FormatPaperback,
			Price:        money(4999, bookshop.CurrencyUsd),
			Availability: bookshop.AvailabilityInStock{Value: 12},
			Rating:       rapace.Ptr(4.86),
			WeightKg:     1.125,
			SizeMm:       size(178, 235, 35),
			Published:    1_687_824_000,
			Sold:         18_446_744_073_709_551_000,
			Shelf:        '🦀',
			Signed:       true,
			Mark:         [4]byte{222, 173, 190, 239},
			Tags:         rapace.NewSet("programming", "rust", "systems"),
			Translations: map[string]string{"zh": "Rust权威指南"},
			Thumbnail:    []byte{0xff, 0xd8, 0xff, 0x00},
			UnionNumber:  rapace.Uint128{Hi: 1},
		},
	}
}

func otherBooks() []bookshop.Book {
	return []bookshop.Book{
		{
			Isbn:         isbnTrommel,
			Title:        "Die Blechtrommel",
			Authors:      []bookshop.Author{author("Günter Grass", 1927)},
			Format:       bookshop.FormatHardcover,
			Price:        money(2800, bookshop.CurrencyEur),
			Availability: bookshop.AvailabilitySoldOut{},
			Rating:       rapace.Ptr(4.25),
			WeightKg:     0.75,
			SizeMm:       size(120, 190, 40),
			Published:    -320_889_600,
			Sold:         3_000_000,
			Shelf:        'G',
			Mark:         [4]byte{1, 2, 3, 4},
			Tags:         rapace.NewSet("Danzig", "novel"),
			Translations: map[string]string{"en": "The Tin Drum"},
			UnionNumber:  rapace.Uint128From(1),
		},
		{
			Isbn:         isbnNeko,
			Title:        "吾輩は猫である",
			Authors:      []bookshop.Author{author("夏目漱石", 1867)},
			Format:       bookshop.FormatPaperback,
			Price:        money(737, bookshop.CurrencyJpy),
			Availability: bookshop.AvailabilityInStock{Value: 5},
			Rating:       rapace.Ptr(4.0),
			WeightKg:     0.25,
			SizeMm:       size(106, 151, 21),
			Published:    -2_041_200_000,
			Sold:         1_000_001,
			Shelf:        '猫',
			Tags:         rapace.NewSet("cat", "novel", "猫"),
			Translations: map[string]string{"de": "Ich der Kater", "en": "I Am a Cat"},
			Thumbnail:    []byte{0},
			UnionNumber:  rapace.Uint128From(9_007_199_254_740_993),
		},
		{
			Isbn:         isbnOvid,
			Title:        "Metamorphoses",
			Authors:      []bookshop.Author{author("Publius Ovidius Naso", -43)},
			Format:       bookshop.FormatEbook,
			Price:        money(0, bookshop.CurrencyEur),
			Availability: bookshop.AvailabilityPreorder{},
			Published:    -61_851_600_000,
			Shelf:        'Ω',
			Mark:         [4]byte{8, 8, 8, 8},
		},
		{
			Isbn:   isbnAlmanac,
			Title:  "Tomorrow’s “Almanac” 📖",
			Format: bookshop.FormatHardcover,
			Price:  money(1990, bookshop.CurrencyEur),
			Availability: bookshop.AvailabilityPreorder{
				ShipsInDays: 365, Deposit: rapace.Ptr(money(500, bookshop.CurrencyEur)),
			},
			WeightKg:     2.5,
			SizeMm:       size(210, 297, 65_535),
			Published:    4_102_444_800,
			Sold:         7,
			Shelf:        'A',
			Signed:       true,
			Mark:         [4]byte{9, 8, 7, 6},
			Tags:         rapace.NewSet("future"),
			Translations: map[string]string{"en": "Tomorrow’s “Almanac” 📖"},
			Thumbnail:    []byte{0xf0, 0x9f, 0x93, 0x96},
			UnionNumber:  rapace.Uint128From(math.MaxUint64),
		},
	}
}

func categories() bookshop.Category {
	category := func(name string, books []bookshop.Isbn, children ...bookshop.Category) bookshop.Category {
		return bookshop.Category{Name: name, Books: books, Children: children}
	}
	return category("All", []bookshop.Isbn{isbnAlmanac},
		category("Computing", nil,
			category("C", []bookshop.Isbn{isbnC}),
			category("Rust", []bookshop.Isbn{isbnRust})),
		category("Literature", []bookshop.Isbn{isbnOvid},
			category("Novels", []bookshop.Isbn{isbnTrommel, isbnNeko},
				category("Cats", []bookshop.Isbn{isbnNeko}))))
}

func orders() []bookshop.Order {
	return []bookshop.Order{
		{
			ID:       1,
			Customer: 7,
			Lines: []bookshop.OrderLine{
				{Isbn: isbnRust, Copies: 1, Price: money(4999, bookshop.CurrencyUsd)},
				{Isbn: isbnC, Copies: 2, Price: money(6799, bookshop.CurrencyUsd)},
			},
			Total:  money(18_597, bookshop.CurrencyUsd),
			Status: bookshop.OrderStatusShipped{Field0: "Pigeon Post", Field1: math.MaxUint64},
			Note:   rapace.Ptr("Please ring twice – the bell is “shy”."),
			Placed: placedAt(1),
		},
		{
			ID:       2,
			Customer: 7,
			Lines:    []bookshop.OrderLine{{Isbn: isbnTrommel, Copies: 1, Price: money(2800, bookshop.CurrencyEur)}},
			Total:    money(2520, bookshop.CurrencyEur),
			Status:   bookshop.OrderStatusPacked{Parcels: 1, Grams: []uint32{750}},
			Discount: rapace.Ptr[uint32](10),
			Gift:     true,
			Placed:   placedAt(2),
		},
		{
			ID:       3,
			Customer: math.MaxUint64,
			Lines:    []bookshop.OrderLine{{Isbn: isbnNeko, Copies: 3, Price: money(737, bookshop.CurrencyJpy)}},
			Total:    money(2_211, bookshop.CurrencyJpy),
			Status:   bookshop.OrderStatusPlaced{},
			Note:     rapace.Ptr(""),
			Placed:   placedAt(3),
		},
	}
}

func author(name string, born int16) bookshop.Author {
	return bookshop.Author{Name: name, Born: &born}
}

func money(minor int64, currency bookshop.Currency) bookshop.Money {
	return bookshop.Money{Minor: minor, Currency: currency}
}

func size(width, height, depth uint16) rapace.Tuple3[uint16, uint16, uint16] {
	return rapace.Tuple3[uint16, uint16, uint16]{V0: width, V1: height, V2: depth}
}
