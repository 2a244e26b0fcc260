mod answers;
mod bed;
mod lifecycle;
mod properties;
