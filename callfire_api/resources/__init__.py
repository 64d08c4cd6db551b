"""CallFire's operations, one file per noun, one method per operation.

Method names say what comes back: `find` a page of many, `iterate` all of them, `get` one or raise `NotFound`,
`open` a stream. Nothing here knows HTTP: the transport does.
"""
