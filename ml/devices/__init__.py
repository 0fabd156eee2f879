"""Which devices behave unlike themselves or the laws of physics, and when will they fail?"""
