"""The frame around each page: who looks, in which language and theme, navigation, top bar, banners."""
