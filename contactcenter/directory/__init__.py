"""The staff directory and the referral (hänvisning): who works here, where they are, when they are back."""
