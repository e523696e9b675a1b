package timeclient

import (
	"testing"

	"rapace-codecs/check"
)

// Whatever it is called, and whatever else is called alike, each method is its own.
func TestEveryMethodIsCalled(t *testing.T) {
	check.Calls(t, NewNamesClient_2, NamesClient_2(&FakeNamesClient_2{}))
	check.Calls(t, NewLinuxClient_, LinuxClient_(&FakeLinuxClient_{}))
	check.Calls(t, NewFooTestClient, FooTestClient(&FakeFooTestClient{}))
	check.Calls(t, NewTypesClient, TypesClient(&FakeTypesClient{}))
	check.Calls(t, NewXClient, XClient(&FakeXClient{}))
	check.Calls(t, NewGrößeClient, GrößeClient(&FakeGrößeClient{}))
}
