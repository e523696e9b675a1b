module rapace-codecs

go 1.25

require rapace v0.0.0

replace rapace => ../../../runtimes/go
