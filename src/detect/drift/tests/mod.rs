mod bounds;
mod evidence;
mod statistics;
