"""Definitions shared by training and serving: names, the window, features and their inverse, levels, errors.

Training and serving import the same modules, so they cannot diverge. The only dependencies are numpy and scikit-learn.
"""
