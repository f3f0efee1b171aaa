// Every page works without this; what is here makes the same pages quicker to use.
import { startKeyboard } from "./keyboard.js";
import { startPicture } from "./picture.js";
import { startSearch } from "./search.js";

startKeyboard();
const form = document.getElementById("search");
if (form) startPicture(startSearch(form));
