"""What predictor and transformer have in common as servers: V2 routes, gRPC, errors to status, sockets, life cycle."""
