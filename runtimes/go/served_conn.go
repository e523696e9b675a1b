package rapace

// Conn returns the connection that the call has come on. Clients of the peer's services can be made on it, so that a
// handler can call its caller back.
func (c *ServedCall) Conn() *Conn {
	return c.owner.(*Conn)
}
