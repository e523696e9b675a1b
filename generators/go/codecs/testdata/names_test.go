package names

import (
	"testing"

	"rapace-codecs/check"
)

func TestEveryMethodIsCalled(t *testing.T) {
	check.Calls(t, NewKeywordsClient, KeywordsClient(&FakeKeywordsClient{}))
	check.Calls(t, NewShapesClient, ShapesClient(&FakeShapesClient{}))
	check.Calls(t, NewCatalogClient_, CatalogClient_(&FakeCatalogClient_{}))
	check.Calls(t, NewClassClient, ClassClient(&FakeClassClient{}))
	check.Calls(t, NewConnectClient, ConnectClient(&FakeConnectClient{}))
}
