"""The server that predictor and transformer share: V2 over HTTP and gRPC, admission control, sockets, life cycle."""
