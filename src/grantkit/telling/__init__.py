"""Telling: what people are told, in plain words and pictures: notices, reviews, timelines. Pure."""
