"""What training and serving must agree on: names, the window, its features and their inverse, levels, errors.

Both sides import these modules, so they cannot drift. Only numpy and scikit-learn are imported here.
"""
