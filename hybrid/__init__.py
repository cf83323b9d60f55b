"""Which texts mention an entity of the kind I describe in words?"""
