// Package money is part of the generated module, and imports nothing of it.
package money

import (
	"errors"
	"time"
)

// Cents is an amount, which is never negative.
type Cents uint64

// CentsFromWire returns an amount.
func CentsFromWire(wire int64) (Cents, error) {
	if wire < 0 {
		return 0, errors.New("an amount is not negative")
	}
	return Cents(wire), nil
}

// CentsToWire is the reverse of CentsFromWire.
func CentsToWire(c Cents) (int64, error) {
	if c > 1<<63-1 {
		return 0, errors.New("an amount is at most 2^63-1")
	}
	return int64(c), nil
}

// Money is an amount in a currency.
type Money struct {
	Amount Cents
	In     string
	Cash   bool
	At     time.Time
	rates  map[string]float64
}

// FromWire returns money.
func FromWire(units Cents, currency string, cash bool, at *time.Time, rates map[string]float64) (Money, error) {
	if len(currency) != 3 {
		return Money{}, errors.New("a currency has three letters")
	}
	money := Money{Amount: units, In: currency, Cash: cash, rates: rates}
	if at != nil {
		money.At = *at
	}
	return money, nil
}

// ToWire is the reverse of FromWire.
func ToWire(m Money) (Cents, string, bool, *time.Time, map[string]float64, error) {
	if m.At.IsZero() {
		return m.Amount, m.In, m.Cash, nil, m.rates, nil
	}
	return m.Amount, m.In, m.Cash, &m.At, m.rates, nil
}

// Address is where somebody lives.
type Address struct{ Lines [6]string }

// AddressFromWire returns an address.
func AddressFromWire(street, house, code, city, state, country string) (Address, error) {
	return Address{[6]string{street, house, code, city, state, country}}, nil
}

// AddressToWire is the reverse of AddressFromWire.
func AddressToWire(a Address) (street, house, code, city, state, country string, err error) {
	return a.Lines[0], a.Lines[1], a.Lines[2], a.Lines[3], a.Lines[4], a.Lines[5], nil
}
