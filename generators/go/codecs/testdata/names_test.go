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

func TestEveryMethodIsServed(t *testing.T) {
	check.Serves(t, NewKeywordsClient, ServeKeywords(UnimplementedKeywords{}))
	check.Serves(t, NewShapesClient, ServeShapes(UnimplementedShapes{}))
	check.Serves(t, NewCatalogClient_, ServeCatalog(UnimplementedCatalog{}))
	check.Serves(t, NewClassClient, ServeClass(UnimplementedClass{}))
	check.Serves(t, NewConnectClient, ServeConnect(UnimplementedConnect{}))
}
