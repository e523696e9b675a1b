package rapace

// Method names a method of a service. Generated code makes one for each.
type Method struct {
	// Name is the method's name, such as Catalog.find.
	Name string
	// ID is the number that identifies the method in requests.
	ID uint32
	// Idempotent is true when it does no harm to call the method twice.
	Idempotent bool
}
