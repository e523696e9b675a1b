module rapace/websocket

go 1.25

require (
	github.com/coder/websocket v1.8.15
	rapace v0.0.0
)

replace rapace => ../
