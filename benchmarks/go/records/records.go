// Package records holds the workload's types as a user of msgp writes them: plain structs, of which an enum with data is
// one with an optional field for each variant, as msgp knows no interfaces. All of them are written as arrays, which is
// the fastest that msgp has.
package records

//msgp:tuple Small Order Customer Line Status Paid Cancelled

// Small is a measurement.
type Small struct {
	Latitude  float64
	Longitude float64
	Sensor    string
	Count     uint32
}

// Order is an order.
type Order struct {
	ID        uint64
	Customer  Customer
	Lines     []Line
	Status    Status
	Note      *string
	Discount  *uint32
	Labels    map[string]string
	Signature []byte
	Placed    int64
	Weight    float64
}

// Customer is somebody who orders.
type Customer struct {
	ID    uint64
	Name  string
	Email *string
}

// Line is a line of an order.
type Line struct {
	Sku      string
	Quantity uint32
	Price    uint32
	Remark   *string
	Gift     bool
}

// Status is how far an order is: open when no field is set.
type Status struct {
	Paid      *Paid
	Shipped   *string
	Cancelled *Cancelled
}

// Paid is the status of an order that was paid.
type Paid struct {
	At     int64
	Method string
}

// Cancelled is the status of an order that was cancelled.
type Cancelled struct {
	Reason string
	Refund *uint32
}

// Orders is many orders.
type Orders []Order

// Ints is many integers.
type Ints []uint32

// Floats is many floats.
type Floats []float64

// Strings is many texts.
type Strings []string
