"""Real OpenSearch nodes: a container, a process made of Maven artifacts, or a user's server, behind one protocol."""
